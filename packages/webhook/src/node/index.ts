export { createGuardedFetch } from "./guarded-fetch.ts";
