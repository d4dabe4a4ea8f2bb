/** What wrangler.jsonc puts in the place of the readable-stream package: an alias has to be a file. */
export { Duplex, PassThrough, Readable, Transform, Writable } from "node:stream";
