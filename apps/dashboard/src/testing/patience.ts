import { configure } from "@testing-library/react";
import { loadText } from "../text/texts.ts";

// Parts of the page are loaded when they are asked for: on a busy machine that takes longer than the second by default.
configure({ asyncUtilTimeout: 15_000 });

// Tests that begin in Thai draw at once.
await loadText("th");
