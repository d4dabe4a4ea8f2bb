import { testClient } from "@tesa/conformance/apps";

await testClient(import.meta.dirname);
