export { openPostgresMirror, type PostgresMirrorOptions } from "./postgres-mirror.ts";
