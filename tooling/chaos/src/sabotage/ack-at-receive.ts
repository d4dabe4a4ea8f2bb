import { registerHooks } from "node:module";

// For `--import`: the program gets a transport that acknowledges at once, as every client library does by itself.
registerHooks({
  resolve(specifier, context, nextResolve) {
    const isOwn = context.parentURL?.endsWith("/hasty-transport.ts") ?? false;
    if (specifier !== "@tesa/core/mqtt" || isOwn) return nextResolve(specifier, context);
    return { url: new URL("./hasty-transport.ts", import.meta.url).href, shortCircuit: true };
  },
});
