<?php
// EspoCRM sends the system's mail by an active group email account whose address is the one that it sends from, and
// since 9.1 by nothing else (espocrm/espocrm 10.0.0, application/Espo/Core/Mail/Account/SendingAccountProvider.php).
// Makes that account, or gives it again what is said here.
use Espo\Core\Application;
use Espo\Core\Utils\Crypt;
use Espo\Entities\InboundEmail;
use Espo\ORM\EntityManager;

require '/var/www/html/bootstrap.php';

$application = new Application();
$application->setupSystemUser();
$entities = $application->getContainer()->getByClass(EntityManager::class);
$crypt = $application->getInjectableFactory()->create(Crypt::class);
$accounts = $entities->getRDBRepositoryByClass(InboundEmail::class);

$address = getenv('MAIL_FROM');
$account = $accounts->where(['emailAddress' => $address])->findOne() ?? $accounts->getNew();
$account->set([
    'name' => $account->get('name') ?? $address,
    'emailAddress' => $address,
    'status' => InboundEmail::STATUS_ACTIVE,
    // It fetches nothing.
    'useImap' => false,
    'useSmtp' => true,
    'smtpHost' => getenv('SMTP_HOST'),
    'smtpPort' => (int) getenv('SMTP_PORT'),
    // TLS from the first byte, verified. `TLS` would be STARTTLS, if it is offered (espocrm/espocrm 10.0.0,
    // application/Espo/Core/Mail/Sender/DefaultTransportPreparator.php).
    'smtpSecurity' => 'SSL',
    'smtpAuth' => true,
    'smtpAuthMechanism' => 'login',
    'smtpUsername' => getenv('SMTP_USERNAME'),
    'smtpPassword' => $crypt->encrypt(getenv('SMTP_PASSWORD')),
]);
$accounts->save($account);
