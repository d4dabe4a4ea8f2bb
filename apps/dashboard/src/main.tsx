import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import "./index.css";
import { App } from "./view/app.tsx";
import { loadFirstText } from "./view/preferences.tsx";

const root = document.getElementById("root");
if (root === null) throw new Error("The page has no #root.");
// Not awaited: a module that waits is kept apart from all that is shared with it, and the page gets 5 kB larger.
void loadFirstText().then(() =>
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  ),
);
