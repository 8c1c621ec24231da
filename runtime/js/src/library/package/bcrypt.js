// In the place of npm `bcrypt` 6, a native add-on: the same functions, computed by the host.
export { compare, compareSync, genSalt, genSaltSync, getRounds, hash, hashSync } from "../../bcrypt.js";
