import { vitestConfig } from "@tesa/workspace/vitest";
import { defineConfig } from "vitest/config";

export default defineConfig(vitestConfig);
