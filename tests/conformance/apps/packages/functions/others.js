const _ = require("lodash");
const { addMonths, formatISO, parseISO } = require("date-fns");
const { customAlphabet, nanoid } = require("nanoid");
const { generateSecret, generateSync, verifySync } = require("otplib");
const { jwtDecode } = require("jwt-decode");
const { v4, v5, v7, validate, version } = require("uuid");
const Ajv = require("ajv");
const Joi = require("joi");
const moment = require("moment-timezone");
const qs = require("qs");
const validator = require("validator");
const { z } = require("zod");

const uses = {
  lodash: () => [_.chunk([1, 2, 3], 2), _.get({ a: [{ b: 1 }] }, "a[0].b"), _.merge({ a: { b: 1 } }, { a: { c: 2 } })],
  "date-fns": () => addMonths(parseISO("2024-01-31T00:00:00Z"), 1).toISOString().slice(0, 10),
  nanoid: () => [nanoid().length, nanoid() !== nanoid(), /^[ab]{5}$/.test(customAlphabet("ab", 5)())],
  otplib: () => {
    const secret = generateSecret();
    return [verifySync({ secret, token: generateSync({ secret }) }).valid, generateSync({ secret: "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ", epoch: 59 })];
  },
  "jwt-decode": () => jwtDecode(`x.${Buffer.from('{"sub":"é"}').toString("base64url")}.y`).sub,
  uuid: () => [validate(v4()), version(v7()), v5("a", v5.DNS), v4() !== v4()],
  ajv: () => {
    const check = new Ajv({ allErrors: true }).compile({ type: "object", required: ["a"], properties: { a: { type: "integer" } } });
    return [check({ a: 1 }), check({ a: "x" }), check.errors[0].message];
  },
  joi: () => Joi.object({ mail: Joi.string().email().required(), age: Joi.number().min(18) }).validate({ mail: "a@b.co", age: 1 }).error.message,
  "moment-timezone": () => moment.tz("2024-07-01 12:00", "America/New_York").utc().format(),
  qs: () => [qs.stringify({ a: { b: [1, 2] } }, { encode: false }), qs.parse("a[b][]=1&a[b][]=2").a.b],
  validator: () => [validator.isEmail("a@b.co"), validator.isURL("nope"), validator.escape("<b>")],
  zod: () => {
    const result = z.object({ mail: z.email(), tags: z.array(z.string()).default([]) }).safeParse({ mail: "x" });
    return [result.success, result.error.issues[0].path, z.coerce.number().parse("42")];
  },
};

exports = (name) => uses[name]();
