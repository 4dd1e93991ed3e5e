// IAM's attributes and functions as Google documents them for allow policies, and the form of the texts that each is
// compared with (https://cloud.google.com/iam/docs/conditions-attribute-reference, conditions-resource-attributes; read
// 2026-11-28).
import type { AttributeName } from './condition-context.ts'
import type { Attribute, Range, Shape } from './term.ts'

export const attributes: Record<AttributeName, Attribute> = {
  'resource.name': {
    type: 'string',
    allows: ['==', '!=', 'startsWith', 'endsWith', 'extract'],
    shape: { like: /^[^/*][^*]*\/[^*]*$/, example: 'projects/_/buckets/BUCKET' },
    startsWith: { like: /^[^/*][^*]*$/, example: 'projects/_/buckets/BUCKET' },
    endsWith: { like: /^[^*]+$/, example: '/objects/OBJECT' },
  },
  'resource.type': {
    type: 'string',
    allows: ['==', '!='],
    shape: { like: /^[a-z][a-z0-9-]*\.googleapis\.com\/[A-Za-z]+$/, example: 'compute.googleapis.com/Instance' },
  },
  'resource.service': {
    type: 'string',
    allows: ['==', '!='],
    shape: { like: /^[a-z][a-z0-9-]*\.googleapis\.com$/, example: 'compute.googleapis.com' },
  },
  'request.auth.access_levels': {
    type: 'list',
    allows: ['in'],
    shape: {
      like: /^accessPolicies\/\d+\/accessLevels\/[A-Za-z]\w*$/,
      example: 'accessPolicies/123456/accessLevels/LEVEL',
    },
  },
  'request.host': {
    type: 'string',
    allows: ['==', 'endsWith'],
    shape: { like: /^[a-z0-9-]+(\.[a-z0-9-]+)*$/, example: 'hr.example.com' },
    endsWith: { like: /^[a-z0-9.-]+$/, example: '.example.com' },
  },
  'request.path': {
    type: 'string',
    allows: ['==', 'startsWith', 'endsWith'],
    shape: { like: /^\/[^*]*$/, example: '/admin' },
    startsWith: { like: /^\/[^*]*$/, example: '/admin' },
    endsWith: { like: /^[^*]+$/, example: '/payroll.js' },
  },
  'destination.ip': {
    type: 'string',
    allows: ['==', '!='],
    shape: { like: /^(?:(?:25[0-5]|2[0-4]\d|1?\d?\d)(?:\.(?!$)|$)){4}$/, example: '10.0.0.1' },
  },
  'destination.port': {
    type: 'int',
    allows: ['==', '!=', '<', '<=', '>', '>='],
    range: { least: 0n, most: 65_535n, says: 'ports go from 0 to 65535' },
  },
}

/** Fields of a date, counted as in CEL, and how each is read from a local time. */
export const fields: Record<string, { range: Range; read(wall: Date): number }> = {
  getFullYear: { range: range(1, 9999, 'years go from 1 to 9999'), read: wall => wall.getUTCFullYear() },
  getMonth: { range: range(0, 11, 'months go from 0 (January) to 11 (December)'), read: wall => wall.getUTCMonth() },
  getDate: { range: range(1, 31, 'days of the month go from 1 to 31'), read: wall => wall.getUTCDate() },
  getDayOfMonth: {
    range: range(0, 30, 'getDayOfMonth() counts from 0 to 30; getDate() counts from 1'),
    read: wall => wall.getUTCDate() - 1,
  },
  getDayOfWeek: {
    range: range(0, 6, 'days of the week go from 0 (Sunday) to 6 (Saturday)'),
    read: wall => wall.getUTCDay(),
  },
  getDayOfYear: { range: range(0, 365, 'days of the year go from 0 to 365'), read: dayOfYear },
  getHours: { range: range(0, 23, 'hours go from 0 to 23'), read: wall => wall.getUTCHours() },
  getMinutes: { range: range(0, 59, 'minutes go from 0 to 59'), read: wall => wall.getUTCMinutes() },
  getSeconds: { range: range(0, 59, 'seconds go from 0 to 59'), read: wall => wall.getUTCSeconds() },
  getMilliseconds: {
    range: range(0, 999, 'milliseconds go from 0 to 999'),
    read: wall => wall.getUTCMilliseconds(),
  },
}

/** Attributes of APIs: the type of each, and, where Google says so, why it cannot be used in a mapping or a binding. */
export const apiAttributes: Record<string, { type: 'string' | 'list'; misleads?: string }> = {
  'iam.googleapis.com/modifiedGrantsByRole': { type: 'list' },
  'aiplatform.googleapis.com/sessionUserId': { type: 'string' },
  'storage.googleapis.com/objectListPrefix': {
    type: 'string',
    misleads: 'Google supports it in Credential Access Boundaries only, and Cloud Storage fails unexpectedly with it',
  },
}

const tagKey: Shape = { like: /^[a-z0-9][a-z0-9.:-]*\/[^/]+$/, example: '123456789012/env' }
const tagValue: Shape = { like: /^[^/]+$/, example: 'prod' }
const tagKeyId: Shape = { like: /^tagKeys\/\d+$/, example: 'tagKeys/123456789012' }
const tagValueId: Shape = { like: /^tagValues\/\d+$/, example: 'tagValues/567890123456' }

/** Functions of tags, and the form of their texts. */
export const tagFunctions: Record<string, readonly Shape[]> = {
  'resource.hasTagKey': [tagKey],
  'resource.hasTagKeyId': [tagKeyId],
  'resource.matchTag': [tagKey, tagValue],
  'resource.matchTagId': [tagKeyId, tagValueId],
}

export const roleName: Shape = {
  like: /^(?:(?:projects|organizations)\/[^/]+\/)?roles\/[A-Za-z0-9_.]+$/,
  example: 'roles/pubsub.editor',
}
/** https://cloud.google.com/load-balancing/docs/access-control/iam-conditions */
export const loadBalancingScheme: Shape = {
  like: /^(?:EXTERNAL|EXTERNAL_MANAGED|INTERNAL|INTERNAL_MANAGED|INTERNAL_SELF_MANAGED)$/,
  example: 'INTERNAL_MANAGED',
}

function range(least: number, most: number, says: string): Range {
  return { least: BigInt(least), most: BigInt(most), says }
}

function dayOfYear(wall: Date): number {
  const start = new Date(0)
  start.setUTCFullYear(wall.getUTCFullYear(), 0, 1)
  return Math.floor((wall.getTime() - start.getTime()) / 86_400_000)
}
