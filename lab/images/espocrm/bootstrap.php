<?php
// The few of EspoCRM's classes that make a group email account; it is kept as it would lie in the database.
namespace Espo\Core {
    class Application
    {
        public function setupSystemUser(): void {}
        public function getContainer(): static { return $this; }
        public function getByClass(string $name): object { return new $name; }
        public function getInjectableFactory(): static { return $this; }
        public function create(string $name): object { return new $name; }
    }
}
namespace Espo\Core\Utils {
    class Crypt
    {
        public function encrypt(string $text): string
        {
            $iv = openssl_random_pseudo_bytes(16);
            return base64_encode(openssl_encrypt($text, 'aes-256-cbc', hash('sha256', '', true), OPENSSL_RAW_DATA, $iv) . $iv);
        }
    }
}
namespace Espo\Entities {
    class InboundEmail
    {
        public const STATUS_ACTIVE = 'Active';
        public function __construct(public array $values = []) {}
        public function get(string $name): mixed { return $this->values[$name] ?? null; }
        public function set(array $values): void { $this->values = array_merge($this->values, $values); }
    }
}
namespace Espo\ORM {
    use Espo\Entities\InboundEmail;

    class EntityManager
    {
        private const ROW = '/var/www/html/data/inbound_email.json';
        private array $clause = [];
        public function getRDBRepositoryByClass(string $name): static { return $this; }
        public function where(array $clause): static { $this->clause = $clause; return $this; }
        public function findOne(): ?InboundEmail
        {
            $row = is_file(self::ROW) ? json_decode(file_get_contents(self::ROW), true) : [];
            return $row && array_intersect_assoc($this->clause, $row) ? new InboundEmail($row) : null;
        }
        public function getNew(): InboundEmail { return new InboundEmail; }
        public function save(InboundEmail $entity): void { file_put_contents(self::ROW, json_encode($entity->values)); }
    }
}
