// The module `path/posix`.
import path from "path";

export default path;
