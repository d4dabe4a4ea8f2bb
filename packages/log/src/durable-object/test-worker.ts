/** The Worker in which the tests of this folder run: a Durable Object for its storage, and nothing else. */
import { DurableObject } from "cloudflare:workers";

export class LogUnderTest extends DurableObject {}

export default { fetch: () => new Response(null, { status: 404 }) };
