// The module `dns/promises`.
import { promises } from "dns";

export default promises;
