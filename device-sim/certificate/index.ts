// Devices with keys of their own: a door apart, so that nobody else loads a certificate library.

export { type ClaimLink, parseClaimLink } from './claim-link.ts';
export {
  type DeviceCertificate,
  EnrolmentRefused,
  enrollByClaim,
  type KeyKind,
  newRequest,
  renewCertificate,
} from './device-certificate.ts';
