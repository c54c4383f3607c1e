import './sources/node.js'

export * from '../index.js'
