# SPDX-License-Identifier: MIT
#
# A server of a few lines that dies at random, as small servers do: of an exit code, of an exception, of a signal. Before it
# dies it says of what. For `crash` it dies, for `goodbye` it ends as it should, for anything else it is fine. While there is a
# file `broken` beside it, it dies as soon as it is started.
require "socket"

$stdout.sync = true
abort "doorbot: broken" if File.exist?(File.join(__dir__, "broken"))
Signal.trap("TERM") { exit 0 }
server = TCPServer.new("127.0.0.1", Integer(ARGV[0]))
puts "doorbot: listening"

def say(client, words)
  client.puts words
  client.close
end

def crash(client)
  case rand(3)
  when 0
    code = rand(1..100)
    say client, "exit-code #{code}"
    exit! code
  when 1
    say client, "exit-code 1"
    raise "nobody at the door"
  else
    name = %w[KILL ABRT HUP].sample
    say client, "signal #{Signal.list[name]}"
    Process.kill name, Process.pid
    sleep
  end
end

loop do
  client = server.accept
  case client.gets.to_s.chomp
  when "crash" then crash client
  when "goodbye"
    say client, "exit-code 0"
    exit
  else say client, "hello"
  end
end
