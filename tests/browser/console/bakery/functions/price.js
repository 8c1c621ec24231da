const PRICES = { rye: 4.2, wheat: 3.8, spelt: 5.1 };

exports = (loaf) => PRICES[loaf] ?? 3.5;
