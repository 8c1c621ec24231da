exports = async function (url) {
  const held = context.values.get("held");
  console.log("the handle is", held);
  try {
    await context.http.get({ url, headers: { Authorization: [`Bearer ${held}`] } });
  } catch (error) {
    return [held, error.code, error.message];
  }
};
