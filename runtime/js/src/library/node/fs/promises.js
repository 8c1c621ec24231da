// The module `fs/promises`.
import { promises } from "fs";

export default promises;
