/** A client of ioredis, or of a fork that kept its calls: one server, Sentinel or a cluster. */
export type IoredisClient = {
  /** What tells it from other clients. */
  defineCommand: unknown
  evalsha(sha: string, keyCount: number, ...given: string[]): Promise<unknown>
  eval(script: string, keyCount: number, ...given: string[]): Promise<unknown>
  config(verb: 'GET', setting: string): Promise<unknown>
  info(section: string): Promise<string>
}

/** A client of node-redis (npm `redis`), version 4 or later: one server, a pool, Sentinel or a cluster. */
export type NodeRedisClient = {
  evalSha(sha: string, given: { keys: string[]; arguments: string[] }): Promise<unknown>
  eval(script: string, given: { keys: string[]; arguments: string[] }): Promise<unknown>
  configGet?(setting: string): Promise<unknown>
  info?(section: string): Promise<unknown>
}

export type RedisClient = IoredisClient | NodeRedisClient

/** The calls that the store makes, alike for every client. */
export type Calls = {
  /** Runs a script, by its hash where the server has seen it. */
  run(script: string, keys: string[], given: string[]): Promise<unknown>
  /** The value of a setting, or undefined when the server has none of that name. Rejects when it does not tell. */
  setting(name: string): Promise<string | undefined>
  info(section: string): Promise<string>
}

/** Tells clients apart by their methods: `defineCommand` is ioredis, `evalSha` is node-redis. */
export function callsOf(client: RedisClient): Calls {
  if ('defineCommand' in client) {
    return {
      run: byHash(
        (sha, keys, given) => client.evalsha(sha, keys.length, ...keys, ...given),
        (script, keys, given) => client.eval(script, keys.length, ...keys, ...given),
      ),
      setting: async (name) => settingIn(await client.config('GET', name), name),
      info: async (section) => client.info(section),
    }
  }
  if ('evalSha' in client) {
    return {
      run: byHash(
        (sha, keys, given) => client.evalSha(sha, { keys, arguments: given }),
        (script, keys, given) => client.eval(script, { keys, arguments: given }),
      ),
      setting: async (name) => settingIn(await client.configGet?.(name), name),
      info: async (section) => String(await client.info?.(section)),
    }
  }
  throw new Error('cannot open a Redis store: the client is neither of ioredis nor of node-redis')
}

type Run<Name> = (name: Name, keys: string[], given: string[]) => Promise<unknown>

/** The hash spares 8 kB in every call. A server that answers NOSCRIPT has run nothing, so the text may follow. */
function byHash(evalSha: Run<string>, evaluate: Run<string>): Run<string> {
  const hashes = new Map<string, string>()
  return async (script, keys, given) => {
    const sha = hashes.get(script) ?? (await sha1(script))
    hashes.set(script, sha)
    try {
      return await evalSha(sha, keys, given)
    } catch (thrown) {
      if (!(thrown instanceof Error) || !thrown.message.startsWith('NOSCRIPT')) throw thrown
      return evaluate(script, keys, given)
    }
  }
}

async function sha1(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-1', new TextEncoder().encode(text))
  return Array.from(new Uint8Array(digest), (byte) => byte.toString(16).padStart(2, '0')).join('')
}

/** ioredis answers a list of name and value, node-redis an object; with RESP3 both may have a map. */
function settingIn(answer: unknown, name: string): string | undefined {
  if (Array.isArray(answer)) return answer[0] === name ? String(answer[1]) : undefined
  if (answer instanceof Map) return answer.has(name) ? String(answer.get(name)) : undefined
  const value = answer && typeof answer === 'object' ? (answer as Record<string, unknown>)[name] : undefined
  return value === undefined ? undefined : String(value)
}
