export { DASHBOARD_FOLDER, ensureBuilt, isBuilt } from "./build.ts";
export { createDashboardHandler, type DashboardHandler, type DashboardOptions } from "./handler.ts";
export { type DashboardPolicy, dashboardHeaders } from "./headers.ts";
