// The module `os`: what a function could be told about a machine that it does not have.
const empty = () => [];

export const EOL = "\n";
export const constants = { signals: {}, errno: {} };
export const arch = () => "wasm32";
export const availableParallelism = () => 1;
export const cpus = empty;
export const endianness = () => "LE";
export const freemem = () => 0;
export const homedir = () => "/";
export const hostname = () => "localhost";
export const loadavg = () => [0, 0, 0];
export const networkInterfaces = () => ({});
export const platform = () => "linux";
export const release = () => "0.0.0";
export const tmpdir = () => "/tmp";
export const totalmem = () => 0;
export const type = () => "Linux";
export const uptime = () => 0;
export const userInfo = () => ({ uid: 0, gid: 0, username: "function", homedir: "/", shell: null });
export const version = () => "";
