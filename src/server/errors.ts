// What the server refuses with: S3's own codes, statuses and sentences.
// Source: Amazon S3 API Reference, "Error responses".

export type S3Code =
  | 'AccessDenied' | 'AuthorizationHeaderMalformed' | 'AuthorizationQueryParametersError' | 'BadDigest' | 'BadRequest'
  | 'BucketAlreadyOwnedByYou' | 'BucketNotEmpty' | 'EntityTooLarge' | 'EntityTooSmall' | 'IllegalLocationConstraintException'
  | 'IncompleteBody' | 'InternalError' | 'InvalidAccessKeyId' | 'InvalidArgument' | 'InvalidBucketName' | 'InvalidChunkSizeError'
  | 'InvalidDigest' | 'InvalidPart' | 'InvalidPartNumber' | 'InvalidPartOrder' | 'InvalidRange' | 'InvalidRequest' | 'InvalidToken'
  | 'InvalidURI' | 'KeyTooLongError' | 'MalformedTrailerError' | 'MalformedXML' | 'MetadataTooLarge' | 'MethodNotAllowed'
  | 'MissingContentLength' | 'NoSuchBucket' | 'NoSuchKey' | 'NoSuchUpload' | 'NoSuchVersion' | 'NotImplemented' | 'NotModified' | 'PreconditionFailed'
  | 'RequestTimeTooSkewed' | 'SignatureDoesNotMatch' | 'XAmzContentSHA256Mismatch'
  | 'ExpiredToken' | 'RequestTimeout' | 'SlowDown' | 'TemporaryRedirect' | 'TooManyRequests'

const errors: Readonly<Record<S3Code, readonly [status: number, message: string]>> = {
  AccessDenied: [403, 'Access Denied'],
  AuthorizationHeaderMalformed: [400, 'The authorization header that you provided is not valid.'],
  AuthorizationQueryParametersError: [400, 'The authorization query parameters that you provided are not valid.'],
  BadDigest: [400, 'The Content-MD5 or checksum value that you specified did not match what the server received.'],
  BadRequest: [400, 'Bad Request'],
  BucketAlreadyOwnedByYou: [409, 'The bucket that you tried to create already exists, and you own it.'],
  BucketNotEmpty: [409, 'The bucket that you tried to delete is not empty.'],
  ExpiredToken: [400, 'The provided token has expired.'],
  EntityTooLarge: [400, 'Your proposed upload exceeds the maximum allowed object size.'],
  EntityTooSmall: [400, 'Your proposed upload is smaller than the minimum allowed object size.'],
  IllegalLocationConstraintException: [400, 'The location constraint is incompatible for the region specific endpoint this request was sent to.'],
  IncompleteBody: [400, 'You did not provide the number of bytes specified by the Content-Length HTTP header.'],
  InternalError: [500, 'We encountered an internal error. Please try again.'],
  InvalidAccessKeyId: [403, 'The AWS access key ID that you provided does not exist in our records.'],
  InvalidArgument: [400, 'Invalid Argument'],
  InvalidBucketName: [400, 'The specified bucket is not valid.'],
  InvalidChunkSizeError: [403, 'Only the last chunk is allowed to have a size less than 8192 bytes'],
  InvalidDigest: [400, 'The Content-MD5 that you specified is not valid.'],
  InvalidPart: [400, 'One or more of the specified parts could not be found. The part might not have been uploaded, or the specified entity tag might not have matched the part\'s entity tag.'],
  InvalidPartNumber: [416, 'The requested partnumber is not satisfiable'],
  InvalidPartOrder: [400, 'The list of parts was not in ascending order. Parts must be ordered by part number.'],
  InvalidRange: [416, 'The requested range is not satisfiable'],
  InvalidRequest: [400, 'Invalid Request'],
  InvalidToken: [400, 'The provided token is malformed or otherwise not valid.'],
  InvalidURI: [400, 'The specified URI could not be parsed.'],
  KeyTooLongError: [400, 'Your key is too long'],
  MalformedTrailerError: [400, 'The request contained trailing data that was not well-formed or did not conform to our published schema.'],
  MalformedXML: [400, 'The XML that you provided was not well formed or did not validate against our published schema.'],
  MetadataTooLarge: [400, 'Your metadata headers exceed the maximum allowed metadata size'],
  MethodNotAllowed: [405, 'The specified method is not allowed against this resource.'],
  MissingContentLength: [411, 'You must provide the Content-Length HTTP header.'],
  NoSuchBucket: [404, 'The specified bucket does not exist'],
  NoSuchKey: [404, 'The specified key does not exist.'],
  NoSuchUpload: [404, 'The specified upload does not exist. The upload ID may be invalid, or the upload may have been aborted or completed.'],
  NoSuchVersion: [404, 'The specified version does not exist.'],
  NotImplemented: [501, 'A header or query parameter that you provided implies functionality that is not implemented.'],
  NotModified: [304, 'Not Modified'],
  PreconditionFailed: [412, 'At least one of the preconditions that you specified did not hold.'],
  RequestTimeout: [400, 'Your socket connection to the server was not read from or written to within the timeout period.'],
  RequestTimeTooSkewed: [403, 'The difference between the request time and the server\'s time is too large.'],
  SlowDown: [503, 'Please reduce your request rate.'],
  TemporaryRedirect: [307, 'Please re-send this request to the specified temporary endpoint. Continue to use the original request endpoint for future requests.'],
  TooManyRequests: [429, 'Please reduce your request rate.'],
  SignatureDoesNotMatch: [403, 'The request signature that the server calculated does not match the signature that you provided. Check your AWS secret access key and signing method.'],
  XAmzContentSHA256Mismatch: [400, 'The provided \'x-amz-content-sha256\' header does not match what was computed.'],
}

export interface S3ErrorDetails {
  /** Instead of the code's own sentence. */
  readonly message?: string
  /** More elements of the XML document. */
  readonly fields?: Readonly<Record<string, string>>
  readonly headers?: Readonly<Record<string, string>>
}

/** The answer "no". Everything else that is thrown inside the server becomes an InternalError. */
export class S3Error extends Error {
  readonly code: S3Code
  readonly status: number
  readonly fields: Readonly<Record<string, string>>
  readonly headers: Readonly<Record<string, string>>

  constructor(code: S3Code, details: S3ErrorDetails = {}) {
    super(details.message ?? errors[code][1])
    this.name = 'S3Error'
    this.code = code
    this.status = errors[code][0]
    this.fields = details.fields ?? {}
    this.headers = details.headers ?? {}
  }
}

export function invalidArgument(name: string, value: string, message: string): S3Error {
  return new S3Error('InvalidArgument', { message, fields: { ArgumentName: name, ArgumentValue: value } })
}
