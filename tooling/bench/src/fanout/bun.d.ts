/** The little of Bun that the bench uses. */
declare const Bun:
  | undefined
  | {
      serve(options: {
        readonly hostname: string;
        readonly port: number;
        readonly idleTimeout: number;
        readonly fetch: (request: Request) => Response | Promise<Response>;
      }): { readonly port: number };
    };
