import { z } from "zod";
import { PARAMETERS, type Parameter } from "../http/parameters.ts";
import { GAPS_PARAMETERS } from "../routes/gaps.ts";
import { LIVE_PARAMETERS, SOCKET_PARAMETERS } from "../routes/live.ts";
import { TELEMETRY_PARAMETERS } from "../routes/telemetry.ts";
import { SCHEMAS, type SchemaName } from "./schemas.ts";

type Json = string | number | boolean | null | readonly Json[] | { readonly [name: string]: Json };

/** What is said of a route. */
interface Operation {
  readonly method: "get" | "post";
  readonly path: string;
  readonly summary: string;
  readonly parameters: readonly (keyof typeof PARAMETERS)[];
  readonly status: number;
  readonly mediaType: string;
  readonly schema: SchemaName | null;
  readonly needsKey: boolean;
}

const names = (parameters: object) => Object.keys(parameters) as (keyof typeof PARAMETERS)[];
const json = { status: 200, mediaType: "application/json", needsKey: true, method: "get" } as const;

const OPERATIONS: readonly Operation[] = [
  {
    ...json,
    path: "/v1/access",
    summary: "Whether a key is needed",
    parameters: [],
    schema: "Access",
    needsKey: false,
  },
  {
    ...json,
    path: "/v1/stream",
    summary:
      "Live telemetry as server-sent events: messages (Message, id EPOCH:SEQ), `gap` (Gap), `state` (State). " +
      "With Last-Event-ID it goes on behind that event.",
    parameters: names(LIVE_PARAMETERS),
    mediaType: "text/event-stream",
    schema: null,
  },
  {
    ...json,
    path: "/v1/ws",
    summary: 'The same as text frames {"id","event","data"} of a WebSocket',
    parameters: names(SOCKET_PARAMETERS),
    status: 101,
    mediaType: "",
    schema: null,
    needsKey: false,
  },
  {
    ...json,
    method: "post",
    path: "/v1/tickets",
    summary: "A ticket that opens one WebSocket within 30 s",
    parameters: [],
    status: 201,
    schema: "Ticket",
  },
  {
    ...json,
    path: "/v1/telemetry",
    summary: "History, the oldest first",
    parameters: names(TELEMETRY_PARAMETERS),
    schema: "Telemetry",
  },
  {
    ...json,
    path: "/v1/devices",
    summary: "Devices and the newest message of each",
    parameters: [],
    schema: "Devices",
  },
  {
    ...json,
    path: "/v1/gaps",
    summary: "Stretches of time of which messages may be missing",
    parameters: names(GAPS_PARAMETERS),
    schema: "Gaps",
  },
  {
    ...json,
    path: "/metrics",
    summary: "Figures for Prometheus; without a key from the relay's own machine",
    parameters: [],
    mediaType: "text/plain",
    schema: null,
  },
  {
    ...json,
    path: "/healthz",
    summary: "The process answers",
    parameters: [],
    schema: null,
    needsKey: false,
  },
  { ...json, path: "/readyz", summary: "Clients may come", parameters: [], schema: null, needsKey: false },
];

/** The whole HTTP interface as an OpenAPI 3.1 document, from the schemas by which it is read and tested. */
export function openApiDocument(): Json {
  const paths: Record<string, Record<string, Json>> = {};
  for (const operation of OPERATIONS)
    paths[operation.path] = { [operation.method]: describeOperation(operation) };
  return {
    openapi: "3.1.0",
    info: {
      title: "Tesa relay",
      version: "1",
      description: "Live telemetry of TESAIoT devices, and its history.",
    },
    paths,
    components: {
      schemas: Object.fromEntries(
        Object.entries(SCHEMAS).map(([name, schema]) => [name, jsonSchema(schema)]),
      ),
      securitySchemes: { key: { type: "http", scheme: "bearer", bearerFormat: "JWT" } },
    },
  };
}

function describeOperation(operation: Operation): Json {
  const { path, summary, parameters, status, mediaType, schema, needsKey } = operation;
  const content: Record<string, Json> = mediaType === "" ? {} : { [mediaType]: schemaOf(schema, mediaType) };
  return {
    operationId: path.replaceAll(/[^a-z]+/g, "-").slice(1),
    summary,
    parameters: [...parameters.map(describeParameter), ...(path === "/v1/stream" ? [LAST_EVENT_ID] : [])],
    responses: {
      [String(status)]: { description: summary, ...(mediaType === "" ? {} : { content }) },
      default: {
        description: "What went wrong (RFC 9457)",
        content: { "application/problem+json": { schema: { $ref: "#/components/schemas/Problem" } } },
      },
    },
    security: needsKey ? [{ key: [] }] : [],
  };
}

const LAST_EVENT_ID: Json = {
  name: "Last-Event-ID",
  in: "header",
  description: "The id of the last event that came: EPOCH:SEQ",
  schema: { type: "string" },
};

function schemaOf(name: SchemaName | null, mediaType: string): Json {
  if (name !== null) return { schema: { $ref: `#/components/schemas/${name}` } };
  return { schema: { type: mediaType === "application/json" ? "object" : "string" } };
}

function describeParameter(name: keyof typeof PARAMETERS): Json {
  const { description, many, schema }: Parameter<unknown, boolean> = PARAMETERS[name];
  const one = jsonSchema(schema);
  return { name, in: "query", description, schema: many ? { type: "array", items: one } : one };
}

function jsonSchema(schema: z.ZodType): Json {
  const { $schema: _dialect, ...rest } = z.toJSONSchema(schema);
  // What zod makes is JSON; its type only says so for each part.
  return rest as Json;
}
