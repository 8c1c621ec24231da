/* Takes an order: `items` are pairs of a loaf and how many of it. */
const MOST = 24;

exports = async function (items) {
    let total = 0;
    for (const [loaf, number] of items) {
        if (number > MOST) {
            // Ovens are small: nobody gets more than this at once.
            throw new Error(`at most ${MOST} of ${loaf}, not ${number}`);
        }
        total += number * (await context.functions.execute("price", loaf));
    }
    console.log(`an order of ${items.length} kinds, ${total.toFixed(2)} in all`);
    return { accepted: true, total, ready: "tomorrow at 7" };
};
