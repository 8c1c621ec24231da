exports = async function () {
    const answer = await context.http.get({ url: "https://weather.example/today" });
    return answer.statusCode;
};
