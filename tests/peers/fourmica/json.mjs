// Part of the 4Mica stand-in: JSON that remembers where each value ends, because the real services
// (Rust, serde) name line and column when they refuse a body, and the recordings show it.
// In: bytes. Out: nodes, or a Refusal carrying the exact HTTP answer.

/** An HTTP answer given up front. A string body goes out as text/plain, an object as JSON. */
export class Refusal extends Error {
  /** @param {number} status @param {string | object | undefined} body */
  constructor(status, body) {
    super(typeof body === 'string' ? body : JSON.stringify(body))
    this.status = status
    this.body = body
  }
}

/** @param {number} status @param {string} error as core's `{"error": …}` */
export const refusal = (status, error, extra = {}) => new Refusal(status, { error, ...extra })

/** Generation 4's refusals, which a client tells apart by code. @param {string} code @param {string} error @param {object} details @returns {never} */
export function refuse(code, error, details) {
  throw refusal(400, error, { code, details })
}

/**
 * @typedef {{
 *   kind: 'object' | 'array' | 'string' | 'number' | 'boolean' | 'null',
 *   value: any, raw: string, end: { line: number, column: number },
 *   fields?: Map<string, JsonNode>
 * }} JsonNode
 */

const PREFIX = 'Failed to deserialize the JSON body into the target type: '

/** serde's refusal of a well-formed body. @param {string} path @param {string} message @param {JsonNode} node */
export function mismatch(path, message, node) {
  const { line, column } = node.end
  return new Refusal(422, `${PREFIX}${path && `${path}: `}${message} at line ${line} column ${column}`)
}

/** What serde calls a value that has the wrong type. @param {JsonNode} node */
export function described(node) {
  switch (node.kind) {
    case 'string':
      return `string ${JSON.stringify(node.value)}`
    case 'number':
      return /[.eE]/.test(node.raw) ? `floating point \`${node.raw}\`` : `integer \`${node.raw}\``
    case 'boolean':
      return `boolean \`${node.raw}\``
    case 'null':
      return 'null'
    default:
      return node.kind === 'object' ? 'map' : 'sequence'
  }
}

/**
 * A field that must be there. @param {JsonNode} node @param {string} name @param {string} [path]
 * @returns {JsonNode}
 */
export function field(node, name, path = '') {
  if (node.kind !== 'object') throw mismatch(path, `invalid type: ${described(node)}, expected struct`, node)
  const found = node.fields?.get(name)
  if (!found) throw mismatch(path, `missing field \`${name}\``, node)
  return found
}

/** @param {JsonNode} node @param {string} path @param {JsonNode} [at] */
export function text(node, path, at = node) {
  if (node.kind !== 'string') throw mismatch(path, `invalid type: ${described(node)}, expected a string`, at)
  return /** @type {string} */ (node.value)
}

/** @param {import('node:http').IncomingMessage} request @param {Buffer} bytes @returns {JsonNode} */
export function parseBody(request, bytes) {
  if (!/^application\/(.+\+)?json/.test(request.headers['content-type'] ?? '')) {
    throw new Refusal(415, 'Expected request with `Content-Type: application/json`')
  }
  return parse(bytes)
}

/** @param {Buffer} bytes @returns {JsonNode} */
export function parse(bytes) {
  try {
    JSON.parse(bytes.toString('utf8'))
  } catch {
    const what = /^\s*[ntf]/.test(bytes.toString('latin1')) ? 'expected ident at line 1 column 2' : 'expected value at line 1 column 1'
    throw new Refusal(400, `Failed to parse the request body as JSON: ${what}`)
  }
  // One character per byte, so that columns count bytes. The text is known to be valid JSON from here on.
  return scan(bytes.toString('latin1'))
}

function scan(source) {
  let at = 0
  const space = () => {
    while (' \t\r\n'.includes(source[at]) && at < source.length) at++
  }
  const literal = pattern => {
    pattern.lastIndex = at
    const [raw] = /** @type {RegExpExecArray} */ (pattern.exec(source))
    at += raw.length
    return raw
  }
  const string = () => literal(/"(?:[^"\\]|\\.)*"/gy)
  const decode = raw => JSON.parse(Buffer.from(raw, 'latin1').toString('utf8'))

  const value = () => {
    space()
    const start = at
    const fields = source[at] === '{' ? object() : undefined
    if (!fields) source[at] === '[' ? array() : source[at] === '"' ? string() : literal(/[^\s,\]}]+/gy)
    const raw = source.slice(start, at)
    const decoded = decode(raw)
    const kind = fields ? 'object' : Array.isArray(decoded) ? 'array' : decoded === null ? 'null' : typeof decoded
    return { kind, value: decoded, raw, end: position(source, at), fields }
  }
  const object = () => {
    const fields = new Map()
    for (at++, space(); source[at] !== '}'; ) {
      const name = decode(string())
      space()
      at++
      fields.set(name, value())
      space()
      if (source[at] === ',') at++
      space()
    }
    at++
    return fields
  }
  const array = () => {
    for (at++, space(); source[at] !== ']'; ) {
      value()
      space()
      if (source[at] === ',') at++
      space()
    }
    at++
  }
  return value()
}

function position(source, at) {
  const before = source.slice(0, at)
  return { line: before.split('\n').length, column: at - (before.lastIndexOf('\n') + 1) }
}
