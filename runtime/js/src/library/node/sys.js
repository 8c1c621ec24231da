// The module `sys`, the former name of `util`.
import util from "util";

export default util;
