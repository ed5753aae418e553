-- Leantime gives an account that comes by the identity provider the password '', hashed, and its login takes the empty
-- password for it (Leantime/leantime v3.9.8, app/Domain/Oidc/Services/Oidc.php,
-- app/Domain/Users/Repositories/Users.php). What is stored here is no hash at all: no password, and no link to a new
-- one, opens such an account, whatever the program writes. That it came that way is for good; its name, role and state
-- can be changed as ever.
CREATE OR REPLACE TRIGGER guildhall_no_password_insert BEFORE INSERT ON zp_user FOR EACH ROW
  SET NEW.password = IF(NEW.source <=> 'oidc', '', NEW.password),
      NEW.pwReset = IF(NEW.source <=> 'oidc', NULL, NEW.pwReset),
      NEW.pwResetExpiration = IF(NEW.source <=> 'oidc', NULL, NEW.pwResetExpiration);

CREATE OR REPLACE TRIGGER guildhall_no_password_update BEFORE UPDATE ON zp_user FOR EACH ROW
  SET NEW.source = IF(OLD.source <=> 'oidc', OLD.source, NEW.source),
      NEW.password = IF(NEW.source <=> 'oidc', '', NEW.password),
      NEW.pwReset = IF(NEW.source <=> 'oidc', NULL, NEW.pwReset),
      NEW.pwResetExpiration = IF(NEW.source <=> 'oidc', NULL, NEW.pwResetExpiration);

-- Those that are there already; the trigger does the rest.
UPDATE zp_user SET source = source WHERE source = 'oidc';
