import { configure } from "@testing-library/react";

// Parts of the page are loaded when they are asked for: on a busy machine that takes longer than the second by default.
configure({ asyncUtilTimeout: 15_000 });
