-- Sends ready-made requests in turn and prints what was counted as one JSON line. Arguments: file, bytes of each request.
local requests = {}
local turn = 0

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local size = tonumber(args[2])
  while true do
    local request = file:read(size)
    if request == nil then break end
    requests[#requests + 1] = request
  end
  file:close()
end

function request()
  turn = turn % #requests + 1
  return requests[turn]
end

function done(summary, latency)
  local failed = summary.errors
  io.write(string.format(
    '{"requests":%d,"seconds":%.6f,"errors":%d,"meanMs":%.6f,"p50Ms":%.6f,"p99Ms":%.6f}\n',
    summary.requests, summary.duration / 1e6,
    failed.connect + failed.read + failed.write + failed.status + failed.timeout,
    latency.mean / 1e3, latency:percentile(50) / 1e3, latency:percentile(99) / 1e3))
end
