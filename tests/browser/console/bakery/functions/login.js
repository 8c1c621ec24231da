// Anybody who knows the word of the day comes in; their name is their identity.
exports = async function (payload) {
    if (payload.word !== "sourdough") {
        throw new Error(`${payload.name} does not know the word`);
    }
    return { id: payload.name, name: payload.name };
};
