exports = ({ id }) => id;
