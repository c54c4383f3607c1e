// What these stores touch of platforms whose types are not ours to install.

declare module 'cloudflare:workers' {
  export class DurableObject<Env = unknown> {
    constructor(ctx: unknown, env: Env)
  }
}
