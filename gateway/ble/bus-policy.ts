// What the system bus must allow a user who is not root: to send to BlueZ, and nothing else. Never `own`, which is found
// in other programs' instructions: it would let that user stand in for BlueZ.

export const BUS_POLICY_PATH = '/etc/dbus-1/system.d/heartwood-bluetooth.conf';

/** The text of the policy file for one user (dbus-daemon(1), "configuration file"). */
export const busPolicy = (
  user: string,
): string => `<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig>
  <policy user="${user.replaceAll(/[&<>"]/g, '')}">
    <allow send_destination="org.bluez"/>
  </policy>
</busconfig>
`;
