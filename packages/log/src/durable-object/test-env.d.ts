declare namespace Cloudflare {
  interface Env {
    readonly LOG: DurableObjectNamespace;
  }
}
