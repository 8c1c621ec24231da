exports = () => "come in";
