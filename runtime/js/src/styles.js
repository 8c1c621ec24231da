// The forms of Extended JSON that leave a function.

/** Numbers typed by their value: the form of results and of most host calls. */
export const RESULT = { integers: "byValue", undefinedAsNull: false, relaxed: false };
/** For documents: an undefined member is null, since a forgotten value must not widen a query by dropping out of it. */
export const UNDEFINED_AS_NULL = { integers: "byValue", undefinedAsNull: true, relaxed: false };
/** The form of `EJSON.stringify`: every integral number is a 64-bit integer. */
export const CANONICAL = { integers: "long", undefinedAsNull: false, relaxed: false };
/** The form of `EJSON.stringify` with `relaxed`: plain numbers, dates as text. */
export const RELAXED = { integers: "byValue", undefinedAsNull: false, relaxed: true };
