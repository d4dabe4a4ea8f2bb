import { vitestConfig } from "@tesa/workspace/vitest";

export default vitestConfig;
