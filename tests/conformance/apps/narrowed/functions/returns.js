exports = (length) => "x".repeat(Number(length));
