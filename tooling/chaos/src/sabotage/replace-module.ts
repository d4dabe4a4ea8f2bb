import { registerHooks } from "node:module";

/** Gives whoever imports `specifier` another module instead, except that module itself. Call it before the import. */
export function replaceModule(specifier: string, replacement: URL): void {
  registerHooks({
    resolve(asked, context, nextResolve) {
      if (asked !== specifier || context.parentURL === replacement.href) return nextResolve(asked, context);
      return { url: replacement.href, shortCircuit: true };
    },
  });
}
