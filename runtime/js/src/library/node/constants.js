// The module `constants`.
export { constants as default } from "os";
