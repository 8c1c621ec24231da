// Greets who comes in, once the shop is open.
exports = function (event) {
    if (!context.values.get("isOpen")) {
        throw new Error(`the shop is closed: ${event.user.id} was not greeted`);
    }
    console.log(`welcome, ${event.user.id}`);
};
