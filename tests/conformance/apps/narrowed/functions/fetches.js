exports = async function (url) {
  try {
    return (await context.http.get({ url })).statusCode;
  } catch (error) {
    return `${error.code}: ${error.message}`;
  }
};
