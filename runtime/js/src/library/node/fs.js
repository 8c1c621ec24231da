// The module `fs`: a file system without files (contract 4.7), so that packages that look for some find none.
const constants = { F_OK: 0, R_OK: 4, W_OK: 2, X_OK: 1, O_RDONLY: 0, S_IFMT: 61440, S_IFREG: 32768, S_IFDIR: 16384 };

function noEntry(operation, path) {
  const error = new Error(`ENOENT: no such file or directory, ${operation} '${path}'`);
  return Object.assign(error, { errno: -2, code: "ENOENT", syscall: operation, path: `${path}` });
}

function readOnly(operation, path) {
  const error = new Error(`EROFS: fs.${operation} is not available: a function has no files, ${operation} '${path}'`);
  return Object.assign(error, { errno: -30, code: "EROFS", syscall: operation, path: `${path}` });
}

const reading = ["access", "lstat", "open", "opendir", "readFile", "readdir", "readlink", "realpath", "stat"];
const writing = ["appendFile", "chmod", "copyFile", "mkdir", "mkdtemp", "rename", "rm", "rmdir", "symlink", "truncate"];
writing.push("unlink", "utimes", "writeFile");

const fs = { constants, promises: { constants }, existsSync: () => false };

function offer(operation, errorFor) {
  fs[`${operation}Sync`] = (path) => {
    throw errorFor(operation, path);
  };
  fs.promises[operation] = async (path) => {
    throw errorFor(operation, path);
  };
  fs[operation] = (path, ...rest) => {
    const callback = rest.at(-1);
    queueMicrotask(() => callback(errorFor(operation, path)));
  };
}

for (const operation of reading) offer(operation, noEntry);
for (const operation of writing) offer(operation, readOnly);
fs.exists = (path, callback) => queueMicrotask(() => callback(false));
fs.createReadStream = (path) => {
  throw noEntry("open", path);
};
fs.createWriteStream = (path) => {
  throw readOnly("open", path);
};
fs.ReadStream = function ReadStream(path) {
  throw noEntry("open", path);
};
fs.WriteStream = function WriteStream(path) {
  throw readOnly("open", path);
};
fs.Stats = class Stats {};

export default fs;
