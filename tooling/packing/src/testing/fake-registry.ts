import { createServer } from "node:http";

/** A package as it came to the registry. */
export interface Published {
  readonly name: string;
  readonly version: string;
  readonly manifest: Readonly<Record<string, unknown>>;
  readonly tarball: Buffer;
}

/** An npm registry on loopback, which knows no package but those published to it, and keeps what it gets in memory. */
export interface FakeRegistry extends AsyncDisposable {
  readonly url: string;
  readonly published: readonly Published[];
}

interface Upload {
  readonly name: string;
  readonly versions: Readonly<Record<string, Record<string, unknown>>>;
  readonly _attachments: Readonly<Record<string, { readonly data: string }>>;
}

export async function startFakeRegistry(): Promise<FakeRegistry> {
  const published: Published[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on("data", (chunk: Buffer) => chunks.push(chunk));
    request.on("end", () => {
      const name = decodeURIComponent((request.url ?? "").slice(1));
      if (request.method === "PUT") {
        const upload = JSON.parse(Buffer.concat(chunks).toString()) as Upload;
        for (const [version, manifest] of Object.entries(upload.versions)) {
          const [attachment] = Object.values(upload._attachments);
          const tarball = Buffer.from(attachment?.data ?? "", "base64");
          published.push({ name: upload.name, version, manifest, tarball });
        }
        return respond(201, { ok: true });
      }
      const versions = published.filter((one) => one.name === name);
      const newest = versions.at(-1);
      if (newest === undefined) return respond(404, { error: "not_found" });
      respond(200, {
        name,
        "dist-tags": { latest: newest.version },
        versions: Object.fromEntries(versions.map((one) => [one.version, one.manifest])),
      });
    });
    function respond(status: number, body: unknown): void {
      response.writeHead(status, { "content-type": "application/json" }).end(JSON.stringify(body));
    }
  });
  server.listen(0, "127.0.0.1");
  await new Promise((resolve) => server.once("listening", resolve));
  const address = server.address();
  if (typeof address !== "object" || address === null) throw new Error("The system gave no port.");
  return {
    url: `http://127.0.0.1:${address.port}/`,
    published,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
