exports = (number) => {
  console.log(`twice ${number}`);
  return number * 2;
};
