-- Nothing reads these. The sign-in that Postroom had before its own wanted them.
ALTER TABLE "Operator" DROP COLUMN "emailVerified", DROP COLUMN "image";
ALTER TABLE "Account" DROP COLUMN "issuer", DROP COLUMN "accessToken", DROP COLUMN "refreshToken", DROP COLUMN "idToken",
  DROP COLUMN "accessTokenExpiresAt", DROP COLUMN "refreshTokenExpiresAt", DROP COLUMN "scope";
ALTER TABLE "TwoFactor" DROP COLUMN "failedVerificationCount", DROP COLUMN "lockedUntil";
