exports = ({ email }) => {
  throw new Error(`${email} may not enter`);
};
