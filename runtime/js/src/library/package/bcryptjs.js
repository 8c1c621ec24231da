// In the place of npm `bcryptjs` 3: the same functions, computed by the host.
export * from "../../bcrypt.js";
